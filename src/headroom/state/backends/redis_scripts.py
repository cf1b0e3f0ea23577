"""What the store on Redis does in one step, in Lua.

Times are the server's own, in milliseconds, unless a script says otherwise.  Numbers of Lua are
exact up to 2^53 only, so counters are added up by Redis itself and handed on as text.
"""

# Shared by the scripts on entries.
#
# A namespace with a room of its own has two keys beside its entries: which were read when, and
# how large each is (under no name: all of them).  What has left by itself, at the end of its
# life or because the server was full, leaves these in its turn.
_ROOMS = """
local function microseconds()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

local function read(reads, key)
  redis.call('ZADD', reads, 'XX', microseconds(), key)
end

local function forget(reads, sizes, key)
  local size = redis.call('HGET', sizes, key)
  if size then
    redis.call('HDEL', sizes, key)
    redis.call('HINCRBY', sizes, '', -tonumber(size))
  end
  redis.call('ZREM', reads, key)
end

local function leave(reads, sizes, key)
  forget(reads, sizes, key)
  redis.call('UNLINK', key)
end

local function enter(reads, sizes, key, size, lifetime)
  local now = microseconds()
  local gone = lifetime > 0 and string.format('(%.0f', now - lifetime * 1000) or '(0'
  for _, old in ipairs(redis.call('ZRANGEBYSCORE', reads, '-inf', gone, 'LIMIT', 0, 100)) do
    leave(reads, sizes, old)
  end
  forget(reads, sizes, key)
  redis.call('ZADD', reads, now, key)
  redis.call('HSET', sizes, key, size)
  redis.call('HINCRBY', sizes, '', size)
end

local function keep_within(reads, sizes, entries, bytes)
  while redis.call('ZCARD', reads) > entries
    or tonumber(redis.call('HGET', sizes, '') or 0) > bytes do
    local oldest = redis.call('ZRANGE', reads, 0, 0)[1]
    if not oldest then
      redis.call('DEL', sizes)
      return
    end
    leave(reads, sizes, oldest)
  end
end
"""

# KEYS: the group, or nothing; the two keys of each room; then what is asked for.  ARGV: 1 where
# there is a group, the life left from which a group's is renewed, its lifetime, how many rooms;
# then for each that is asked for 1 where it joins the group, both for itself (a lifetime of 0:
# for ever), the number of its room or 0.
#
# What is read in a group's name belongs to it, so that one renewal reaches all of it.
GET = (
    _ROOMS
    + """
local found, grouped = {}, ARGV[1] == '1'
local rooms = grouped and 1 or 0
local first = rooms + 2 * tonumber(ARGV[4])
for i = first + 1, #KEYS do
  local n = i - first
  local value = redis.call('GET', KEYS[i])
  local at = 4 * n + 1
  local renewed, lifetime = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local room = tonumber(ARGV[at + 3])
  if value and ARGV[at] == '1' then
    redis.call('SADD', KEYS[1], KEYS[i])
  elseif value and lifetime > 0 and redis.call('PTTL', KEYS[i]) < renewed then
    redis.call('PEXPIRE', KEYS[i], lifetime)
  end
  if value and room > 0 then
    read(KEYS[rooms + 2 * room - 1], KEYS[i])
  end
  found[n] = value
end
if grouped and redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then
  for _, key in ipairs(redis.call('SMEMBERS', KEYS[1])) do
    redis.call('PEXPIRE', key, ARGV[3])
  end
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return found
"""
)

# KEYS: the groups, the two keys of each room, then the entries.  ARGV: how many groups, the life
# left from which a group's is renewed, its lifetime, how many rooms; per room how many entries
# and bytes it holds; then per entry its value, 1 where the first writer wins, the number of its
# group or 0, the life left from which its own is renewed, its lifetime, the number of its room
# or 0.
PUT = (
    _ROOMS
    + """
local groups, rooms, standing = tonumber(ARGV[1]), tonumber(ARGV[4]), {}
local first = groups + 2 * rooms
for i = first + 1, #KEYS do
  local n = i - first
  local at = 2 * rooms + 6 * n - 1
  local value, group, lifetime = ARGV[at], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 4])
  local room = tonumber(ARGV[at + 5])
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
  if room > 0 then
    local reads, sizes = KEYS[groups + 2 * room - 1], KEYS[groups + 2 * room]
    enter(reads, sizes, KEYS[i], #standing[n], lifetime)
  end
end
for room = 1, rooms do
  keep_within(KEYS[groups + 2 * room - 1], KEYS[groups + 2 * room],
    tonumber(ARGV[2 * room + 3]), tonumber(ARGV[2 * room + 4]))
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
)

# KEYS: the two keys of a room, then the entries.
DROP = (
    _ROOMS
    + """
for i = 3, #KEYS do
  leave(KEYS[1], KEYS[2], KEYS[i])
end
"""
)

# Shared by both scripts below.
#
# Redis has no clock for scripts that nobody sets.  One that was set back gives nothing until
# the bucket is used again, and then goes on from there; one that was set forward fills it once.
_BUCKET = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000

local function lacking(bucket, rate)
  local stored = redis.call('HMGET', bucket, 'lacks', 'at')
  local lacks, at = tonumber(stored[1] or 0), tonumber(stored[2] or now)
  return math.max(lacks - math.max(now - at, 0) * rate, 0)
end

local function keep(bucket, lacks, rate)
  if lacks <= 0 then
    redis.call('DEL', bucket)
    return
  end
  redis.call('HSET', bucket, 'lacks', string.format('%.17g', lacks),
    'at', string.format('%.17g', now))
  if rate > 0 then
    redis.call('PEXPIRE', bucket, math.ceil(math.min(lacks / rate, 1e9) * 1000))
  else
    redis.call('PERSIST', bucket)
  end
end
"""

# KEYS: the bucket.  ARGV: the amount, units per second, the most it holds.
TAKE = (
    _BUCKET
    + """
local amount, rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local lacks = lacking(KEYS[1], rate)
local over = lacks + math.min(amount, burst) - burst
if over <= burst * 1e-9 + rate * 1e-6 then
  keep(KEYS[1], lacks + amount, rate)
  return '0'
end
keep(KEYS[1], lacks, rate)
return rate > 0 and string.format('%.17g', over / rate) or 'inf'
"""
)

# KEYS: the bucket.  ARGV: the amount, units per second.
CHARGE = (
    _BUCKET
    + """
local rate = tonumber(ARGV[2])
keep(KEYS[1], math.max(lacking(KEYS[1], rate) + tonumber(ARGV[1]), 0), rate)
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
