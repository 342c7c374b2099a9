// Which objects of a cluster are there because of Arpeggio. Pure.

export type AnyObject = {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: { readonly [key: string]: string };
    readonly annotations?: { readonly [key: string]: string };
    readonly finalizers?: readonly string[];
    readonly ownerReferences?: readonly { readonly name: string }[];
  };
};

const NAMESPACE = 'metallb-system';
const OURS = /arpeggio|metallb/;

/** `Kind namespace/name`. A Service is its user's, whatever it asks for in annotations; a finalizer of ours would hold it. */
export function tracesOf(objects: readonly AnyObject[]): string[] {
  const lines = objects.filter(isTrace).map(({ kind, metadata: { namespace, name } }) => {
    return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
  });
  return [...new Set(lines)].sort();
}

function isTrace({ kind, metadata }: AnyObject): boolean {
  const { name, namespace, labels = {}, annotations = {}, finalizers = [], ownerReferences = [] } = metadata;
  if (namespace === NAMESPACE) return true;
  const marks = [name, ...Object.entries(labels).flat(), ...ownerReferences.map((owner) => owner.name)];
  return [...marks, ...(kind === 'Service' ? [] : Object.keys(annotations)), ...finalizers].some((mark) =>
    OURS.test(mark),
  );
}
