// What the shell may offer for the last of some words, in the form that kubectl reads. Pure: names come from a caller.
import type { Command, Option } from 'commander';

/** Things that only a cluster or a kubeconfig knows the names of; files the shell knows. */
export type Source = 'services' | 'nodes' | 'namespaces' | 'contexts' | 'files';

export type Offer = { readonly words: readonly string[]; readonly source?: Source };

const ARGUMENTS: { readonly [command: string]: Source } = {
  explain: 'services',
  drain: 'nodes',
  undrain: 'nodes',
  validate: 'files',
};

const VALUES: { readonly [option: string]: Source } = {
  '--context': 'contexts',
  '--namespace': 'namespaces',
  '--config-namespace': 'namespaces',
  '--kubeconfig': 'files',
  '--file': 'files',
};

const NOTHING: Offer = { words: [] };
/** Bits of cobra's directive: the shell offers no files of its own. */
const NO_FILES = 4;
const FILES = 0;

/** `words` are those behind `kubectl arpeggio`, the last one as far as it was typed. */
export function offerFor(program: Command, words: readonly string[]): Offer {
  const last = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const command = program.commands.find((one) => one.name() === before.find((word) => !word.startsWith('-')));
  if (!command) return startingWith(last, { words: program.commands.map(describeCommand) });
  const option = optionNamed(command, before.at(-1) ?? '');
  if (option?.required) return startingWith(last, valuesOf(option));
  if (last.startsWith('-')) return startingWith(last, { words: command.options.map(describeOption) });
  const source = ARGUMENTS[command.name()];
  const isVariadic = command.registeredArguments.some(({ variadic }) => variadic);
  return source && (isVariadic || argumentsIn(command, before).length === 1) ? { words: [], source } : NOTHING;
}

/** The value of an option among the words: `--context a`, `--context=a`, `-n a`. */
export function valueIn(words: readonly string[], ...names: readonly string[]): string | undefined {
  for (const [i, word] of words.slice(0, -1).entries()) {
    if (names.includes(word)) return words[i + 1];
    const name = names.find((one) => word.startsWith(`${one}=`));
    if (name !== undefined) return word.slice(name.length + 1);
  }
  return undefined;
}

/** One candidate a line, then the directive. */
export function formatOffer({ words, source }: Offer, names: readonly string[], last: string): string {
  const all = [...words, ...names.filter((name) => name.startsWith(last))];
  return [...all, `:${source === 'files' ? FILES : NO_FILES}`, ''].join('\n');
}

function startingWith(text: string, { words, ...offer }: Offer): Offer {
  return { ...offer, words: words.filter((word) => word.startsWith(text)) };
}

function valuesOf({ long, argChoices }: Option): Offer {
  const source = VALUES[long ?? ''];
  return { words: argChoices ?? [], ...(source ? { source } : {}) };
}

function optionNamed({ options }: Command, name: string): Option | undefined {
  return options.find(({ long, short }) => name !== '' && (name === long || name === short));
}

/** The command itself first; values of options are none. */
function argumentsIn(command: Command, words: readonly string[]): string[] {
  return words.filter((word, i) => !word.startsWith('-') && !optionNamed(command, words[i - 1] ?? '')?.required);
}

function describeCommand(command: Command): string {
  return `${command.name()}\t${command.description()}`;
}

function describeOption({ long, short, description }: Option): string {
  return `${long ?? short}\t${description}`;
}
