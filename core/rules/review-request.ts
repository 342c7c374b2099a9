// What is reviewed: one write of one object, in the words of the API server's AdmissionReview.
import type { ConfigMapObject } from '#core/config.ts';
import type { IPAddressPoolObject, L2AdvertisementObject } from '#core/custom-resources.ts';
import type { ServiceObject } from '#core/service.ts';

export type Resource = 'services' | 'configmaps' | 'ipaddresspools' | 'l2advertisements';

type Reviewed<R extends Resource, O> = {
  readonly resource: R;
  readonly uid: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly kind: string;
  /** From the object where the request has none, as in deletes of a whole collection. */
  readonly name: string;
  readonly namespace: string;
  readonly dryRun: boolean;
  /** Present on CREATE and UPDATE. */
  readonly object?: O & Terminable;
  /** Present on UPDATE, and on DELETE. */
  readonly oldObject?: O & Terminable;
};

type Terminable = { readonly metadata?: { readonly deletionTimestamp?: unknown } };

export type ServiceRequest = Reviewed<'services', ServiceObject>;
export type ConfigurationRequest =
  | Reviewed<'configmaps', ConfigMapObject>
  | Reviewed<'ipaddresspools', IPAddressPoolObject>
  | Reviewed<'l2advertisements', L2AdvertisementObject>;
export type ReviewRequest = ServiceRequest | ConfigurationRequest;
