// Shapes of the reviewed objects, for exactly the fields that the rules read. Meaning is checked by the rules.

const text = { type: 'string' };
const texts = { type: 'array', items: text };
const textMap = { type: 'object', additionalProperties: text };

function fields(properties: Record<string, object>): object {
  return { type: 'object', properties };
}

function listOf(items: object): object {
  return { type: 'array', items };
}

const metadata = fields({
  name: text,
  namespace: text,
  uid: text,
  resourceVersion: text,
  labels: textMap,
  annotations: textMap,
});

const selectors = listOf(
  fields({ matchLabels: textMap, matchExpressions: listOf(fields({ key: text, operator: text, values: texts })) }),
);

export const serviceSchema = fields({
  metadata,
  spec: fields({
    type: text,
    loadBalancerClass: text,
    loadBalancerIP: text,
    ipFamilies: texts,
    ipFamilyPolicy: text,
    ports: listOf(fields({ name: text, protocol: text, port: { type: 'integer' } })),
    externalTrafficPolicy: text,
    selector: textMap,
  }),
  status: fields({
    loadBalancer: fields({ ingress: listOf(fields({ ip: text })) }),
    conditions: listOf(fields({ type: text, status: text, reason: text, message: text })),
  }),
});

export const configMapSchema = fields({ metadata, data: textMap });

export const poolSchema = fields({
  metadata,
  spec: fields({
    addresses: texts,
    autoAssign: { type: 'boolean' },
    avoidBuggyIPs: { type: 'boolean' },
    serviceAllocation: fields({
      priority: { type: 'integer' },
      namespaces: texts,
      namespaceSelectors: selectors,
      serviceSelectors: selectors,
    }),
  }),
});

export const l2AdvertisementSchema = fields({
  metadata,
  spec: fields({
    ipAddressPools: texts,
    ipAddressPoolSelectors: selectors,
    nodeSelectors: selectors,
    interfaces: texts,
    serviceSelectors: selectors,
    preferredNodeSelectors: listOf(
      fields({
        weight: { type: 'integer' },
        preference: fields({
          matchLabels: textMap,
          matchExpressions: listOf(fields({ key: text, operator: text, values: texts })),
        }),
      }),
    ),
  }),
});
