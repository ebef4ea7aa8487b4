import { run } from 'motekit/runtime/guest';
import { Delivery } from './assembly/delivery';

run(new Delivery());
