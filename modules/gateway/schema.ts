import { Readings } from '../lib/assembly/schema';

/** What meters on the air say: a pack for each telegram, named urn:wmbus:{manufacturer}:{id}:{version}:{medium}:{quantity}. */
export class Meter extends Readings {}
