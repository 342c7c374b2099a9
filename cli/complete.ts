// Answers kubectl's question for completions; it is asked at every key, so whatever goes wrong offers nothing and says nothing.
import type { Command } from 'commander';
import { contextsOf, currentNamespace, openCluster } from '#platform/cluster.ts';
import { listObjects } from '#platform/list.ts';
import { formatOffer, offerFor, type Source, valueIn } from './completion.ts';

type NamedObject = { readonly metadata?: { readonly name?: string } };

const TIMEOUT_MS = 2_000;

export async function complete(program: Command, words: readonly string[]): Promise<string> {
  const offer = offerFor(program, words);
  const names = offer.source ? await readNames(offer.source, words).catch((): string[] => []) : [];
  return formatOffer(offer, names, words.at(-1) ?? '');
}

async function readNames(source: Source, words: readonly string[]): Promise<string[]> {
  if (source === 'files') return [];
  const cluster = openCluster({ kubeconfig: valueIn(words, '--kubeconfig'), context: valueIn(words, '--context') });
  if (source === 'contexts') return contextsOf(cluster);
  const namespace = valueIn(words, '--namespace', '-n') ?? currentNamespace(cluster);
  const path = source === 'services' ? `namespaces/${namespace}/services` : source;
  const query = new URLSearchParams(source === 'services' ? { fieldSelector: 'spec.type=LoadBalancer' } : {});
  const options = { query, signal: AbortSignal.timeout(TIMEOUT_MS) };
  const { items } = await listObjects<NamedObject>(cluster, `/api/v1/${path}`, options);
  return items.map(({ metadata }) => metadata?.name ?? '');
}
