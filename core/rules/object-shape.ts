// Whether an object has the shape that the rules read, so that they may trust it.
import { Ajv, type ErrorObject } from 'ajv';
import { configMapSchema, l2AdvertisementSchema, poolSchema, serviceSchema } from '#core/rules/object-schema.ts';
import type { Resource } from '#core/rules/review-request.ts';
import { suggestion } from '#core/suggest.ts';

const ajv = new Ajv({ verbose: true });
const checks = {
  services: ajv.compile(serviceSchema),
  configmaps: ajv.compile(configMapSchema),
  ipaddresspools: ajv.compile(poolSchema),
  l2advertisements: ajv.compile(l2AdvertisementSchema),
};

/** One sentence about the first field of a wrong type, its path below `root`; undefined when the shape is right. */
export function shapeFault(resource: Resource, object: unknown, root: string): string | undefined {
  const check = checks[resource];
  return check(object) ? undefined : describeFault(check.errors, root);
}

/** The value itself is not repeated: it may be long, and it may be secret. */
export function describeFault(errors: readonly ErrorObject[] | null | undefined, root: string): string {
  const [error] = errors ?? [];
  if (!error) return `${root} cannot be read`;
  const path = `${root}${error.instancePath.replaceAll('/', '.')}`.replace(/^\./, '') || 'the body';
  const detail = error.keyword === 'const' ? `must be "${String(error.schema)}"` : error.message;
  return `${path} ${detail}`.slice(0, 200);
}

type Schema = { readonly properties?: { readonly [key: string]: Schema }; readonly items?: Schema };

/** Fields of a custom resource that its schema does not know; kubectl refuses them, so the command line does too. */
export function unknownFields(resource: Resource, object: unknown): string[] {
  const schema = { ipaddresspools: poolSchema, l2advertisements: l2AdvertisementSchema }[resource as string] as
    | Schema
    | undefined;
  const { spec } = object as { spec?: unknown };
  return schema?.properties?.['spec'] ? unknownBelow(spec, schema.properties['spec'], 'spec') : [];
}

function unknownBelow(value: unknown, { properties, items }: Schema, path: string): string[] {
  if (Array.isArray(value)) return items ? value.flatMap((item, i) => unknownBelow(item, items, `${path}[${i}]`)) : [];
  if (typeof value !== 'object' || value === null || !properties) return [];
  return Object.entries(value).flatMap(([key, field]) => {
    const known = properties[key];
    if (known) return unknownBelow(field, known, `${path}.${key}`);
    return [`${path}: unknown field "${key}"${suggestion(key, Object.keys(properties))}`];
  });
}
