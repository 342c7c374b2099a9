// Writes docs/admission.md.
import { writeFileSync } from 'node:fs';
import { writeDocument } from './document.ts';

writeFileSync(new URL('../../docs/admission.md', import.meta.url), writeDocument());
