// npm run demo: installs and builds what is missing, then runs the main job (host-shim/demo).
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { build } from './build.mjs';
import { root } from './lib.mjs';

await build();
await import(pathToFileURL(join(root, 'dist', 'host-shim', 'demo', 'main.js')).href);
