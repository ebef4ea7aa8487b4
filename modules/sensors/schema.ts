import { Readings } from '../lib/assembly/schema';

/** What parts measure: a pack for each reading, named sensors/{part}/{quantity}[.{channel}], units as tables/quantities.txt has them. */
export class Reading extends Readings {}

/** A part failed or works again: sensors/{part}/error, a fault's name or "recovered", and sensors/{part}/failures, how often in a row. */
export class Fault extends Readings {}
