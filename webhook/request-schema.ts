// The shape of an AdmissionReview v1, for exactly the fields that are read.

const text = { type: 'string' };
const anyObject = { type: ['object', 'null'] };

export const reviewSchema = {
  type: 'object',
  required: ['apiVersion', 'kind', 'request'],
  properties: {
    apiVersion: { const: 'admission.k8s.io/v1' },
    kind: { const: 'AdmissionReview' },
    request: {
      type: 'object',
      required: ['uid', 'operation', 'kind', 'resource'],
      properties: {
        uid: { type: 'string', minLength: 1, maxLength: 200 },
        operation: { enum: ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] },
        kind: { type: 'object', required: ['kind'], properties: { kind: text } },
        resource: { type: 'object', required: ['resource'], properties: { group: text, resource: text } },
        name: text,
        namespace: text,
        dryRun: { type: ['boolean', 'null'] },
        object: anyObject,
        oldObject: anyObject,
      },
    },
  },
};
