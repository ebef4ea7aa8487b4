import { Desired, Readings, Reported } from '../lib/assembly/schema';

/** What rules tell: rules/{rule}/active, rules/{rule}/value, rules/{rule}/change. */
export class Told extends Readings {}

/** The rules. @schema desired.schema.json */
export class RuleSet extends Desired {}

/** What became of them. @schema reported.schema.json */
export class RuleState extends Reported {}
