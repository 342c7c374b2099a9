// The addresses a Service asks for by name: read from spec.loadBalancerIP or the annotation, checked on their own.
import { type Family, type Ip, parseIp } from '#core/ip.ts';
import type { ServiceProblem } from '#core/problem.ts';
import { type Service, splitList } from '#core/service.ts';

export type Requested = { readonly ip: Ip; readonly path: string };

export type RequestRead = { readonly requested: readonly Requested[]; readonly problems: readonly ServiceProblem[] };

const NOTHING: RequestRead = { requested: [], problems: [] };

/** No problem and nothing requested means: any address will do. */
export function readRequest(service: Service): RequestRead {
  const [first, second] = service.requests;
  if (!first) return NOTHING;
  if (second) {
    const message = `"${second.text}" stands beside ${first.path} "${first.text}", wanted one of the two`;
    return { requested: [], problems: [{ reason: 'InvalidRequest', path: second.path, message }] };
  }
  return readAddresses(service, first.path, first.text);
}

function readAddresses(service: Service, path: string, text: string): RequestRead {
  const invalid = (message: string): RequestRead => ({
    requested: [],
    problems: [{ reason: 'InvalidRequest', path, message }],
  });
  const words = splitList(text);
  const wrong = words.find((word) => parseIp(word) === undefined);
  if (wrong !== undefined || words.length === 0) return invalid(`"${wrong ?? text}" is not an IP address`);
  if (path === 'spec.loadBalancerIP' && words.length > 1) return invalid(`"${text}" is a list, wanted one IP address`);
  const ips = words.map((word) => parseIp(word)).filter((ip) => ip !== undefined);
  const families = ips.map((ip) => ip.family);
  if (new Set(families).size < families.length) return invalid(`"${text}" has two addresses of one family, wanted one`);
  const message = familyMismatch(service, families);
  const problems: ServiceProblem[] = message
    ? [{ reason: 'FamilyMismatch', path, message: `"${text}" ${message}` }]
    : [];
  return { requested: ips.map((ip) => ({ ip, path })), problems };
}

/** Why the requested families do not fit the Service's own. */
function familyMismatch({ families, familyPolicy }: Service, requested: readonly Family[]): string | undefined {
  const stray = requested.find((family) => !families.includes(family));
  if (stray !== undefined && families.length > 0) {
    const present = families.map((family) => `IPv${family}`).join(', ');
    return `is IPv${stray}, wanted an address of spec.ipFamilies (${present})`;
  }
  if (familyPolicy === 'RequireDualStack' && requested.length < 2) {
    return 'is one address, wanted one of each family for ipFamilyPolicy RequireDualStack';
  }
  return undefined;
}
