// The command line, and as `kubectl arpeggio` a plugin of kubectl.
import { CommanderError } from 'commander';
import { createProgram, FAILED } from './command-line.ts';
import { complete } from './complete.ts';
import { failureText, isBug } from './failure.ts';

/** What kubectl's completions ask for; not a command, so that no word behind it is taken for an option. */
const COMPLETE = '__complete';

// Whoever reads may have seen enough (`| head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const program = createProgram((code) => {
  process.exitCode = code;
});
const [first, ...words] = process.argv.slice(2);

try {
  if (first === COMPLETE) process.stdout.write(await complete(program, words));
  else await program.parseAsync();
} catch (error) {
  if (isBug(error)) {
    // Node ends a process that throws with 1, which here means "no".
    process.once('exit', () => {
      process.exitCode = FAILED;
    });
    throw error;
  }
  const isHelp = error instanceof CommanderError && error.exitCode === 0;
  // What commander has to say it has said.
  if (!(error instanceof CommanderError)) process.stderr.write(`${failureText(error)}\n`);
  if (!isHelp) process.exitCode = FAILED;
}
