import { redisScript, type RedisLink } from '../db/open-redis.ts';

interface Options<Notice> {
  readonly redis: Pick<RedisLink, 'run'>;
  /** A name that no other process has: what one told it has heard already. */
  readonly self: string;
  /** How long it waits between two looks. */
  readonly everyMs: number;
  /** Where notices of this kind are kept. */
  readonly key: string;
  /** A notice as it travels, without line ends. */
  readonly write: (notice: Notice) => string;
  /** A notice as another node wrote it; undefined for anything else. */
  readonly read: (text: string) => Notice | undefined;
  /** What another node told, in the order in which Redis got it. Must not throw. */
  readonly onNotice: (notice: Notice) => void;
  /** Whether anybody would hear; nothing is asked for nobody. */
  readonly isHeard: () => boolean;
}

/** How nodes tell each other what happens, to workitems or in studies. */
export interface RedisNotices<Notice> {
  /** Tells every other node, if it can: never throws, and nothing is promised. What is too much at once is not told. */
  readonly tell: (notice: Notice) => void;
  /** See OtherNodes. */
  readonly listen: () => Promise<void>;
  /** Looks once. Throws RedisFault. */
  readonly look: () => Promise<void>;
  /** Begins to look again and again. The returned function ends that, and waits for the look that is under way. */
  readonly follow: () => () => Promise<void>;
}

/** Nobody needs them for longer than it takes to look; a node that was away for longer has lost them. */
const KEEP_MS = 60_000;
const MAX_KEPT = 5_000;
const AT_ONCE = 500;
/** What is on its way to Redis; beyond it others are not told. */
const MAX_SENDING = 500;

/**
 * KEYS: the set. ARGV: the notice, how many are kept, for how long (ms). Each is scored by Redis’ own time in microseconds, and by one
 * more than the last where that is not later: in one step, so that nobody who reads on from a score misses one.
 */
const TELL = redisScript(`
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local time = redis.call('TIME')
local score = tonumber(time[1]) * 1000000 + tonumber(time[2])
if last[2] and tonumber(last[2]) >= score then score = tonumber(last[2]) + 1 end
local text = string.format('%.0f', score)
redis.call('ZADD', KEYS[1], text, text .. ' ' .. ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - tonumber(ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`);

/** KEYS: the set. ARGV: the last that was read, or nothing, and how many to give. The time of Redis for who reads for the first time. */
const READ = redisScript(`
if ARGV[1] == '' then
  local time = redis.call('TIME')
  local last = redis.call('ZREVRANGE', KEYS[1], 0, 0)
  return { last[1] or string.format('%.0f', tonumber(time[1]) * 1000000 + tonumber(time[2])) }
end
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf', 'LIMIT', 0, ARGV[2])
`);

interface Link<Notice> extends Options<Notice> {
  /** Score of the last one that was read; empty while nobody listens. */
  last: string;
  sending: number;
  /** The looks that are under way, one after another: two at once would hear of the same twice, or skip some. */
  looking: Promise<void>;
}

/** Notices through Redis: they are kept there for a moment, in order, and every node reads on from where it was. */
export function createRedisNotices<Notice>(options: Options<Notice>): RedisNotices<Notice> {
  const link: Link<Notice> = { ...options, last: '', sending: 0, looking: Promise.resolve() };
  return {
    tell: (notice) => {
      if (link.sending >= MAX_SENDING) return;
      link.sending += 1;
      const text = `${link.self} ${link.write(notice)}`;
      void link.redis
        .run(TELL, [link.key], [text, MAX_KEPT, KEEP_MS])
        // Nothing is promised; that Redis is away is told by the link itself.
        .catch(() => undefined)
        .finally(() => (link.sending -= 1));
    },
    look: () => look(link),
    listen: () => look(link).catch(() => undefined),
    follow: () => follow(link),
  };
}

function look<Notice>(link: Link<Notice>): Promise<void> {
  const looked = link.looking.then(() => lookNow(link));
  link.looking = looked.catch(() => undefined);
  return looked;
}

async function lookNow<Notice>(link: Link<Notice>): Promise<void> {
  if (!link.isHeard()) {
    link.last = '';
    return;
  }
  const isFirst = link.last === '';
  const found = textsIn(await link.redis.run(READ, [link.key], [link.last, AT_ONCE]));
  for (const text of found) {
    const [score = '', sender, ...rest] = text.split(' ');
    link.last = score;
    const notice = isFirst || sender === link.self ? undefined : link.read(rest.join(' '));
    if (notice !== undefined) link.onNotice(notice);
  }
}

function follow<Notice>(link: Link<Notice>): () => Promise<void> {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  const again = async (): Promise<void> => {
    await look(link).catch(() => undefined);
    if (isStopped) return;
    timer = setTimeout(() => {
      looking = again();
    }, link.everyMs).unref();
  };
  let looking = again();
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await looking;
  };
}

function textsIn(answer: unknown): readonly string[] {
  return Array.isArray(answer) ? answer.filter((one) => typeof one === 'string') : [];
}
