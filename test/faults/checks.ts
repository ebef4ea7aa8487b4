/** All attacks. */
import { ATTACKS as ON_ONE, type Attack } from './attacks.ts';
import { ON_AUTHORITY } from './authority.ts';
import { ON_SEVERAL } from './several.ts';

export const ATTACKS: readonly Attack[] = [...ON_ONE, ...ON_SEVERAL, ...ON_AUTHORITY];
