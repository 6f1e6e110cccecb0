import { redisScript } from '../../db/open-redis.ts';

/*
 * A session is a hash: `body`, `seen`, `until`, `locked`, and `lists`, the keys of the lists it stands in. Lists are sorted by when
 * their sessions end, so that what is over can be dropped from them. Times are ms since the epoch and stay text wherever they are
 * kept: Lua would write them with an exponent.
 */

/** Whether something was used up before, and is still remembered. */
const WAS_SPENT = `
local function wasSpent(key, now)
  local held = redis.call('GET', key)
  return held and (tonumber(held) or math.huge) > now
end
`;

const ROW = `
local function row(key)
  return redis.call('HMGET', key, 'body', 'seen', 'until', 'locked')
end
`;

/** What stands in all lists of an owner. */
const OWNED = `
local function owned(lists)
  local found = {}
  for _, key in ipairs(redis.call('ZRANGE', lists[1], 0, -1)) do
    if #lists == 1 or redis.call('ZSCORE', lists[2], key) then found[#found + 1] = key end
  end
  return found
end
`;

/** Removes sessions and, level by level, what hangs on them. */
const DESTROY_ALL = `${ROW}
local function destroyAll(queue)
  local ended = {}
  local at = 1
  while queue[at] do
    local key = queue[at]
    at = at + 1
    if redis.call('EXISTS', key) == 1 then ended[#ended + 1] = row(key) end
    for list in string.gmatch(redis.call('HGET', key, 'lists') or '', '%S+') do redis.call('ZREM', list, key) end
    local children = key .. ':children'
    for _, child in ipairs(redis.call('ZRANGE', children, 0, -1)) do queue[#queue + 1] = child end
    redis.call('DEL', key, children)
  end
  return ended
end
`;

/**
 * KEYS: the session, what is used up, the transaction (any key where there is none), those under way, the lists.
 * ARGV: now, body, seen, end, time to live, locked or nothing, until when what is used up is remembered or nothing, for how long,
 * `transaction` or nothing, up to when lists are trimmed. Nothing is written before everything is known to hold.
 */
export const OPEN = redisScript(`${WAS_SPENT}
local now = tonumber(ARGV[1])
if ARGV[7] ~= '' and wasSpent(KEYS[2], now) then return 'already-used' end
if ARGV[9] ~= '' then
  local ends = tonumber(redis.call('HGET', KEYS[3], 'until') or '')
  if not ends or ends <= now then return 'unknown-request' end
end
if redis.call('EXISTS', KEYS[1]) == 1 then return 'taken' end
if ARGV[7] ~= '' then redis.call('SET', KEYS[2], ARGV[7], 'PX', ARGV[8]) end
if ARGV[9] ~= '' then
  redis.call('DEL', KEYS[3])
  redis.call('ZREM', KEYS[4], KEYS[3])
end
local lists = {}
for at = 5, #KEYS do
  lists[#lists + 1] = KEYS[at]
  redis.call('ZREMRANGEBYSCORE', KEYS[at], '-inf', ARGV[10])
  redis.call('ZADD', KEYS[at], ARGV[4], KEYS[1])
  if redis.call('PTTL', KEYS[at]) < tonumber(ARGV[5]) then redis.call('PEXPIRE', KEYS[at], ARGV[5]) end
end
redis.call('HSET', KEYS[1], 'body', ARGV[2], 'seen', ARGV[3], 'until', ARGV[4], 'lists', table.concat(lists, ' '))
if ARGV[6] ~= '' then redis.call('HSET', KEYS[1], 'locked', ARGV[6]) end
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 'opened'
`);

/** KEYS: what is used up. ARGV: now, until when it is remembered, for how long. */
export const SPEND = redisScript(`${WAS_SPENT}
if wasSpent(KEYS[1], tonumber(ARGV[1])) then return 'already-used' end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 'spent'
`);

/** KEYS: the session. */
export const FIND = redisScript(`${ROW} return row(KEYS[1])`);

/** KEYS: the session. ARGV: when it was seen. */
export const TOUCH = redisScript(`
local seen = redis.call('HGET', KEYS[1], 'seen')
if seen and (tonumber(seen) or 0) < tonumber(ARGV[1]) then redis.call('HSET', KEYS[1], 'seen', ARGV[1]) end
`);

/** KEYS: the session. ARGV: when it was locked. */
export const LOCK = redisScript(`
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSETNX', KEYS[1], 'locked', ARGV[1]) end
`);

/** KEYS: the lock of a login. ARGV: when it was locked, until when that is remembered, for how long. */
export const NOTE_LOCK = redisScript(`
local held = redis.call('HGET', KEYS[1], 'at')
if held and tonumber(held) >= tonumber(ARGV[1]) then return end
redis.call('HSET', KEYS[1], 'at', ARGV[1], 'until', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
`);

/** KEYS: the lock of a login. */
export const LAST_LOCK = redisScript(`return redis.call('HMGET', KEYS[1], 'at', 'until')`);

/** KEYS: the session. */
export const DESTROY = redisScript(`${DESTROY_ALL} return destroyAll({ KEYS[1] })`);

/** KEYS: the owner's lists. */
export const DESTROY_OF = redisScript(`${DESTROY_ALL}${OWNED} return destroyAll(owned(KEYS))`);

/** KEYS: the owner's lists. */
export const LIST_OF = redisScript(`${ROW}${OWNED}
local found = {}
for _, key in ipairs(owned(KEYS)) do found[#found + 1] = row(key) end
return found
`);
