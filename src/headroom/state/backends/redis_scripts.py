"""What the store on Redis does in one step, in Lua.

Times are the server's own, in milliseconds, unless a script says otherwise.  Numbers of Lua are
exact up to 2^53 only, so counters are added up by Redis itself and handed on as text.
"""

# KEYS: the group, or nothing; then what is asked for.  ARGV: 1 where there is a group, the life
# left from which a group's is renewed, its lifetime; then for each that is asked for 1 where it
# joins the group, and both for itself (a lifetime of 0: for ever).
#
# What is read in a group's name belongs to it, so that one renewal reaches all of it.
GET = """
local found, grouped = {}, ARGV[1] == '1'
local first = grouped and 2 or 1
for i = first, #KEYS do
  local n = i - first
  local value = redis.call('GET', KEYS[i])
  local at = 3 * n + 4
  local renewed, lifetime = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  if value and ARGV[at] == '1' then
    redis.call('SADD', KEYS[1], KEYS[i])
  elseif value and lifetime > 0 and redis.call('PTTL', KEYS[i]) < renewed then
    redis.call('PEXPIRE', KEYS[i], lifetime)
  end
  found[n + 1] = value
end
if grouped and redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then
  for _, key in ipairs(redis.call('SMEMBERS', KEYS[1])) do
    redis.call('PEXPIRE', key, ARGV[3])
  end
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return found
"""

# KEYS: the groups, then the entries.  ARGV: how many groups, the life left from which a group's
# is renewed, its lifetime; then per entry its value, 1 where the first writer wins, the number
# of its group or 0, the life left from which its own is renewed, and its lifetime.
PUT = """
local groups, standing = tonumber(ARGV[1]), {}
for i = groups + 1, #KEYS do
  local n = i - groups
  local at = 5 * n - 1
  local value, group, lifetime = ARGV[at], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 4])
  local present = ARGV[at + 1] == '1' and redis.call('GET', KEYS[i])
  if not present and lifetime > 0 then
    redis.call('SET', KEYS[i], value, 'PX', lifetime)
  elseif not present then
    redis.call('SET', KEYS[i], value)
  elseif lifetime > 0 and redis.call('PTTL', KEYS[i]) < tonumber(ARGV[at + 3]) then
    redis.call('PEXPIRE', KEYS[i], lifetime)
  end
  if group > 0 then
    redis.call('SADD', KEYS[group], KEYS[i])
  end
  standing[n] = present or value
end
for i = 1, groups do
  if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[2]) then
    for _, key in ipairs(redis.call('SMEMBERS', KEYS[i])) do
      redis.call('PEXPIRE', key, ARGV[3])
    end
    redis.call('PEXPIRE', KEYS[i], ARGV[3])
  end
end
return standing
"""

# KEYS: the bucket.  ARGV: the amount, units per second, the most it holds.
#
# Redis has no clock for scripts that nobody sets.  One that was set back gives nothing until
# the bucket is used again, and then goes on from there; one that was set forward fills it once.
TAKE = """
local amount, rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local stored = redis.call('HMGET', KEYS[1], 'lacks', 'at')
local lacks, at = tonumber(stored[1] or 0), tonumber(stored[2] or now)
lacks = math.max(lacks - math.max(now - at, 0) * rate, 0)
local over = lacks + amount - burst
local taken = over <= burst * 1e-9 + rate * 1e-6
if taken then
  lacks = lacks + amount
end
if lacks > 0 then
  redis.call('HSET', KEYS[1], 'lacks', string.format('%.17g', lacks),
    'at', string.format('%.17g', now))
  if rate > 0 then
    redis.call('PEXPIRE', KEYS[1], math.ceil(math.min(lacks / rate, 1e9) * 1000))
  else
    redis.call('PERSIST', KEYS[1])
  end
end
if taken then
  return '0'
elseif amount > burst or rate <= 0 then
  return 'inf'
end
return string.format('%.17g', over / rate)
"""

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
  trim(totals, changed, tonumber(ARGV[4 * i]))
end
return held
"""
)

# KEYS: per account the totals of its namespace, when they were changed, what is reserved on it.
# ARGV: after what time a reservation is charged, how long that can be corrected; the reservation,
# the amount; then per account its name, its lifetime or 0, how many counters its namespace holds
# at most or 0, and its limit or 0.
_ACCOUNTS = (
    _COUNTING
    + """
local lasts, corrected, reservation, amount = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4]
local accounts = {}
for i = 1, #KEYS / 3 do
  local one = { totals = KEYS[3 * i - 2], changed = KEYS[3 * i - 1], reserved = KEYS[3 * i],
    name = ARGV[4 * i + 1], lifetime = tonumber(ARGV[4 * i + 2]),
    most = tonumber(ARGV[4 * i + 3]), limit = tonumber(ARGV[4 * i + 4]) }
  one.sum = charge_forgotten(one.totals, one.changed, one.reserved, one.name, one.lifetime,
    lasts, corrected)
  accounts[i] = one
end

local function set(one, value, made, charged)
  redis.call('HSET', one.reserved, reservation, value .. ' ' .. made .. ' ' .. charged)
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
if stored(accounts[1]) then
  return 1
end
for _, one in ipairs(accounts) do
  local spent = tonumber(total(one.totals, one.changed, one.name, one.lifetime))
  if spent + one.sum >= one.limit then
    return 0
  end
end
for _, one in ipairs(accounts) do
  set(one, amount, time_now, '0')
end
return 1
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
for _, one in ipairs(accounts) do
  local before, _, charged = stored(one)
  if before then
    redis.call('HDEL', one.reserved, reservation)
    if charged == '1' then
      charge(one, negative(before))
    end
    charge(one, amount)
  end
end
"""
)

# KEYS: the log, the number of its last record.  ARGV: the record, how many it holds.
APPEND = """
redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], -tonumber(ARGV[2]), -1)
return redis.call('INCR', KEYS[2])
"""

# KEYS as above.  ARGV: the number after which, how many at most.
SCAN = """
local last = tonumber(redis.call('GET', KEYS[2]) or 0)
local first = last - redis.call('LLEN', KEYS[1]) + 1
local begin = math.max(tonumber(ARGV[1]) + 1 - first, 0)
local records = redis.call('LRANGE', KEYS[1], begin, begin + tonumber(ARGV[2]) - 1)
return { first + begin, records }
"""
