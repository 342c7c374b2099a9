// The command line, and as `kubectl arpeggio` a plugin of kubectl.
import { CommanderError } from 'commander';
import { createProgram, FAILED } from './command-line.ts';
import { failureText } from './options.ts';

const program = createProgram((code) => {
  process.exitCode = code;
});

try {
  await program.parseAsync();
} catch (error) {
  const isHelp = error instanceof CommanderError && error.exitCode === 0;
  // What commander has to say it has said.
  if (!(error instanceof CommanderError)) process.stderr.write(`${failureText(error)}\n`);
  if (!isHelp) process.exitCode = FAILED;
}
