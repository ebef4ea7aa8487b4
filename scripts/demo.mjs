// npm run demo: installs and builds what is missing, then runs the main job (host-shim/demo).
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { buildBoard } from './build.mjs';
import { root } from './lib.mjs';

await buildBoard();
await import(pathToFileURL(join(root, 'dist', 'host-shim', 'demo', 'main.js')).href);
