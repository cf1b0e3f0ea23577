"""Counters on Redis, and what is reserved on accounts, in Lua; see `redis_scripts`."""

from __future__ import annotations

# Shared by the scripts below; `now` is the server's time in milliseconds.
#
# The counters of a namespace are one hash without a lifetime, so that want of room takes none
# of them; when each was changed stands beside it where the namespace has a lifetime.
_COUNTING = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function expire(totals, changed, lifetime)
  if lifetime > 0 then
    local since = '(' .. string.format('%.0f', now - lifetime)
    for _, name in ipairs(redis.call('ZRANGEBYSCORE', changed, '-inf', since, 'LIMIT', 0, 100)) do
      redis.call('HDEL', totals, name)
      redis.call('ZREM', changed, name)
    end
  end
end

local function total(totals, changed, name, lifetime)
  local at = lifetime > 0 and redis.call('ZSCORE', changed, name)
  if at and tonumber(at) < now - lifetime then
    redis.call('HDEL', totals, name)
  end
  return redis.call('HGET', totals, name) or '0'
end

local function add(totals, changed, name, amount, lifetime)
  if tonumber(amount) == 0 then
    return
  end
  expire(totals, changed, lifetime)
  total(totals, changed, name, lifetime)
  local added = redis.pcall('HINCRBY', totals, name, amount)
  if type(added) == 'table' and not string.find(added.err, 'overflow') then
    error(added.err)
  elseif type(added) == 'table' then
    local least, most = '-9223372036854775808', '9223372036854775807'
    redis.call('HSET', totals, name, string.sub(amount, 1, 1) == '-' and least or most)
  end
  if lifetime > 0 then
    redis.call('ZADD', changed, now, name)
  end
end

local function trim(totals, changed, most)
  if most > 0 and redis.call('ZCARD', changed) > most then
    local oldest = redis.call('ZPOPMIN', changed, 100)
    for i = 1, #oldest, 2 do
      redis.call('HDEL', totals, oldest[i])
    end
  end
end

local function charge_forgotten(totals, changed, reserved, name, lifetime, lasts, corrected)
  local sum = 0
  local all = redis.call('HGETALL', reserved)
  for i = 1, #all, 2 do
    local amount, made, charged = string.match(all[i + 1], '^(%S+) (%S+) (%S+)$')
    if charged == '1' and tonumber(made) <= now - corrected then
      redis.call('HDEL', reserved, all[i])
    elseif charged == '0' and tonumber(made) <= now - lasts then
      add(totals, changed, name, amount, lifetime)
      redis.call('HSET', reserved, all[i], amount .. ' ' .. string.format('%.0f', now) .. ' 1')
    elseif charged == '0' then
      sum = sum + tonumber(amount)
    end
  end
  return sum
end
"""

# KEYS: per counter the totals of its namespace, and when they were changed.  ARGV: per counter
# its name, the amount, the lifetime or 0, how many its namespace holds at most or 0.
ADD = (
    _COUNTING
    + """
local held = {}
for i = 1, #KEYS / 2 do
  local totals, changed = KEYS[2 * i - 1], KEYS[2 * i]
  local name, amount, lifetime = ARGV[4 * i - 3], ARGV[4 * i - 2], tonumber(ARGV[4 * i - 1])
  add(totals, changed, name, amount, lifetime)
  held[i] = total(totals, changed, name, lifetime)
  if tonumber(amount) ~= 0 then
    trim(totals, changed, tonumber(ARGV[4 * i]))
  end
end
return held
"""
)

# What is reserved on an account is a hash of its own.  Those that there are stand in a set per
# namespace, with the time of the last reservation: on accounts of past periods, which nobody asks
# for any more, what is forgotten is charged too, and the hash leaves in the end.  None has a
# lifetime: a server that is short of room would take it, and what was spent with it.
#
# KEYS: where it stands that the reservation was settled without being known to be made; then per
# account the totals of its namespace, when they were changed, on which accounts something is
# reserved, and what the keys begin with under which that stands.  ARGV: after what time a
# reservation is charged, how long that can be corrected; the reservation, the amount, and whether
# it is unsure that it was made; then per account its name, its lifetime or 0, how many counters
# its namespace holds at most or 0, and its limit or 0.
_ACCOUNTS = (
    _COUNTING
    + """
local lasts, corrected, reservation, amount = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4]
local unsure = ARGV[5] == '1'
local accounts = {}
for i = 1, (#KEYS - 1) / 4 do
  local one = { totals = KEYS[4 * i - 2], changed = KEYS[4 * i - 1], apart = KEYS[4 * i],
    prefix = KEYS[4 * i + 1],
    name = ARGV[4 * i + 2], lifetime = tonumber(ARGV[4 * i + 3]),
    most = tonumber(ARGV[4 * i + 4]), limit = tonumber(ARGV[4 * i + 5]) }
  one.reserved = one.prefix .. one.name
  one.sum = charge_forgotten(one.totals, one.changed, one.reserved, one.name, one.lifetime,
    lasts, corrected)
  accounts[i] = one
end

local function set(one, value, made, charged)
  redis.call('HSET', one.reserved, reservation, value .. ' ' .. made .. ' ' .. charged)
  redis.call('ZADD', one.apart, now, one.name)
end

local function look_at_past_ones(one)
  local since = string.format('%.0f', now - lasts)
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', one.apart, '-inf', since, 'LIMIT', 0, 2)) do
    local reserved = one.prefix .. name
    charge_forgotten(one.totals, one.changed, reserved, name, one.lifetime, lasts, corrected)
    if redis.call('EXISTS', reserved) == 1 then
      redis.call('ZADD', one.apart, now, name)
    else
      redis.call('ZREM', one.apart, name)
    end
  end
end

local function stored(one)
  local text = redis.call('HGET', one.reserved, reservation)
  if text then
    return string.match(text, '^(%S+) (%S+) (%S+)$')
  end
end

local function negative(value)
  return string.sub(value, 1, 1) == '-' and string.sub(value, 2) or '-' .. value
end

local function charge(one, value)
  add(one.totals, one.changed, one.name, value, one.lifetime)
  trim(one.totals, one.changed, one.most)
end

local time_now = string.format('%.0f', now)
"""
)

# KEYS and ARGV as above.
RESERVE = (
    _ACCOUNTS
    + """
if redis.call('EXISTS', KEYS[1]) == 1 or (accounts[1] and stored(accounts[1])) then
  return {}
end
local used_up = {}
for i, one in ipairs(accounts) do
  local spent = tonumber(total(one.totals, one.changed, one.name, one.lifetime))
  if spent + one.sum >= one.limit then
    table.insert(used_up, i)
  end
end
if #used_up == 0 then
  for _, one in ipairs(accounts) do
    set(one, amount, time_now, '0')
    look_at_past_ones(one)
  end
end
return used_up
"""
)

# KEYS and ARGV as above; no limits.
RAISE_TO = (
    _ACCOUNTS
    + """
for _, one in ipairs(accounts) do
  local before, made, charged = stored(one)
  if before then
    local raised = tonumber(amount) > tonumber(before) and amount or before
    set(one, raised, charged == '1' and made or time_now, charged)
    if charged == '1' and raised ~= before then
      charge(one, negative(before))
      charge(one, raised)
    end
  end
end
"""
)

# KEYS and ARGV as above; no limits.
SETTLE = (
    _ACCOUNTS
    + """
if redis.call('EXISTS', KEYS[1]) == 1 then
  return
end
for _, one in ipairs(accounts) do
  local before, _, charged = stored(one)
  if before then
    redis.call('HDEL', one.reserved, reservation)
    if charged == '1' then
      charge(one, negative(before))
    end
  end
  if before or unsure then
    charge(one, amount)
  end
end
if unsure then
  redis.call('SET', KEYS[1], '', 'PX', corrected)
end
"""
)

# KEYS: per namespace the totals, when they were changed, on which accounts something is reserved,
# and what the keys begin with under which that stands.  ARGV: what reservations begin with; then
# per namespace its lifetime or 0.
CHARGE_ENDED = (
    _COUNTING
    + """
for i = 1, #KEYS / 4 do
  local totals, changed, prefix = KEYS[4 * i - 3], KEYS[4 * i - 2], KEYS[4 * i]
  for _, name in ipairs(redis.call('ZRANGE', KEYS[4 * i - 1], 0, -1)) do
    local all = redis.call('HGETALL', prefix .. name)
    for j = 1, #all, 2 do
      local amount, _, charged = string.match(all[j + 1], '^(%S+) (%S+) (%S+)$')
      if charged == '0' and string.sub(all[j], 1, #ARGV[1]) == ARGV[1] then
        add(totals, changed, name, amount, tonumber(ARGV[i + 1]))
        redis.call('HSET', prefix .. name, all[j],
          amount .. ' ' .. string.format('%.0f', now) .. ' 1')
      end
    end
  end
end
"""
)
