// How decisions are told: addresses by comma, many sentences as few. A condition has to stay small however much is wrong.
import { formatIp, type Ip } from '#core/ip.ts';

/** Events carry no more either. */
const LENGTH_MOST = 1_000;
const SENTENCE_MOST = 500;
/** For `; and 12345 more`. */
const REST_LENGTH = 20;

/** `10.0.0.1, fd00::1`: how addresses are named in messages. */
export function addressText(ips: readonly Ip[]): string {
  const [first] = ips;
  return first && ips.length === 1 ? formatIp(first) : ips.map(formatIp).join(', ');
}

/** Sentences in a row, the last of them always among them; what would be too long is counted. */
export function joinSentences(sentences: readonly string[], last?: string): string {
  const end = last === undefined ? [] : [shorten(last)];
  const all = sentences.map(shorten);
  const room = LENGTH_MOST - REST_LENGTH - (end[0]?.length ?? 0);
  let length = 0;
  const fitting = all.filter((sentence) => {
    length += sentence.length + 2;
    return length <= room;
  });
  const left = all.length - fitting.length;
  return [...fitting, ...(left > 0 ? [`and ${left} more`] : []), ...end].join('; ');
}

function shorten(sentence: string): string {
  return sentence.length <= SENTENCE_MOST ? sentence : `${sentence.slice(0, SENTENCE_MOST - 1)}…`;
}
