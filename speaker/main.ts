// Entry point of the speaker.
import { runProgram } from '#platform/program.ts';
import { readSettings } from './settings.ts';
import { runSpeaker } from './speaker.ts';

runProgram('speaker', (context) => runSpeaker(context, readSettings(process.env)));
