// The shape of the ConfigMap's document (MetalLB v0.8 to v0.12), compiled once by ajv. Meaning is checked elsewhere.
import { Ajv, type ErrorObject } from 'ajv';
import type { BgpAdvertisementDocument, BgpDocument } from '#core/bgp.ts';

const selectorSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    'match-labels': { type: 'object', additionalProperties: { type: 'string' } },
    'match-expressions': {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        properties: {
          key: { type: 'string' },
          operator: { type: 'string' },
          values: { type: 'array', items: { type: 'string' } },
        },
      },
    },
  },
};

const peerSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    'my-asn': { type: 'integer', minimum: 0, maximum: 4294967295 },
    'peer-asn': { type: 'integer', minimum: 0, maximum: 4294967295 },
    'peer-address': { type: 'string' },
    'source-address': { type: 'string' },
    'peer-port': { type: 'integer', minimum: 0, maximum: 65535 },
    'hold-time': { type: 'string' },
    'keepalive-time': { type: 'string' },
    'router-id': { type: 'string' },
    'node-selectors': { type: 'array', items: selectorSchema },
    password: { type: 'string' },
    'bfd-profile': { type: 'string' },
    'ebgp-multihop': { type: 'boolean' },
  },
};

const bgpAdvertisementSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    'aggregation-length': { type: 'integer' },
    'aggregation-length-v6': { type: 'integer' },
    localpref: { type: 'integer', minimum: 0, maximum: 4294967295 },
    communities: { type: 'array', items: { type: 'string' } },
  },
};

const bfdProfileSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    name: { type: 'string' },
    'receive-interval': { type: 'integer' },
    'transmit-interval': { type: 'integer' },
    'detect-multiplier': { type: 'integer' },
    'echo-interval': { type: 'integer' },
    'echo-mode': { type: 'boolean' },
    'passive-mode': { type: 'boolean' },
    'minimum-ttl': { type: 'integer' },
  },
};

const poolSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    name: { type: 'string' },
    protocol: { type: 'string' },
    addresses: { type: ['array', 'null'], items: { type: 'string' } },
    'avoid-buggy-ips': { type: 'boolean' },
    'auto-assign': { type: ['boolean', 'null'] },
    'bgp-advertisements': { type: ['array', 'null'], items: bgpAdvertisementSchema },
  },
};

const documentSchema = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: {
    'address-pools': { type: ['array', 'null'], items: poolSchema },
    peers: { type: ['array', 'null'], items: peerSchema },
    'bgp-communities': { type: ['object', 'null'], additionalProperties: { type: 'string' } },
    'bfd-profiles': { type: ['array', 'null'], items: bfdProfileSchema },
  },
};

/** The document once its shape is right. */
export type ConfigDocument = (BgpDocument & { readonly 'address-pools'?: readonly PoolDocument[] | null }) | null;

export type PoolDocument = {
  readonly name?: string;
  readonly protocol?: string;
  readonly addresses?: readonly string[] | null;
  readonly 'avoid-buggy-ips'?: boolean;
  readonly 'auto-assign'?: boolean | null;
  readonly 'bgp-advertisements'?: readonly BgpAdvertisementDocument[] | null;
};

const validateDocument = new Ajv({ allErrors: true, allowUnionTypes: true, verbose: true }).compile(documentSchema);

/** Every deviation from the shape; none means the value is a ConfigDocument. */
export function documentErrors(value: unknown): readonly ErrorObject[] {
  return validateDocument(value) ? [] : (validateDocument.errors ?? []);
}
