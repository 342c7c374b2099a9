// A problem is one thing wrong with one object: where, and a sentence with the present value and what was wanted.

/** The stable codes of conditions, Events, logs and metrics (design section 3). */
export type Reason =
  | 'Allocated'
  | 'NoPool'
  | 'PoolUnknown'
  | 'PoolNotAllowed'
  | 'AddressNotInPool'
  | 'AddressInUse'
  | 'PortInUse'
  | 'SharingMismatch'
  | 'FamilyMismatch'
  | 'PoolExhausted'
  | 'InvalidRequest';

/** The codes of problems of pool configuration, for metrics. */
export type ConfigurationReason = 'InvalidConfiguration' | 'Overlap' | 'InUse';

/** Other objects that a problem or a warning rests on: a cache may be behind, so they are read again before it is told. */
export type Evidence = {
  /** Services by `namespace/name`. */
  readonly services?: readonly string[];
  /** Pools and advertisements, and the namespace of the reviewed object. */
  readonly configuration?: true;
};

/** `path` is the field as the user wrote it, for example `spec.ports[1]` or `address-pools[0].addresses[2]`. */
export type Problem = {
  readonly path: string;
  readonly message: string;
  readonly reason?: Reason | ConfigurationReason;
  readonly evidence?: Evidence;
};

/** A problem of a Service, with the code that its condition would carry. */
export type ServiceProblem = Problem & { readonly reason: Reason };

/** One object of pool configuration. */
export type ObjectId = { readonly kind: 'ConfigMap' | 'IPAddressPool' | 'L2Advertisement'; readonly name: string };

/** A problem together with the object it stands in. */
export type SourcedProblem = Problem & { readonly object: ObjectId };

export function isSameObject(a: ObjectId, b: ObjectId): boolean {
  return a.kind === b.kind && a.name === b.name;
}

/** One line: `path: message`. */
export function formatProblem(problem: Problem): string {
  return `${problem.path}: ${problem.message}`;
}

/** By path, then message, so that an answer never depends on the order of evaluation. */
export function sortProblems<P extends Problem>(problems: readonly P[]): P[] {
  return [...problems].sort((a, b) => compareText(a.path, b.path) || compareText(a.message, b.message));
}

function compareText(a: string, b: string): number {
  const order = a.localeCompare(b, 'en', { numeric: true });
  return order !== 0 ? order : Number(a > b) - Number(a < b);
}
