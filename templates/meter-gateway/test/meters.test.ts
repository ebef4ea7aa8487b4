import { expect, test, virtualBoard } from 'motekit/testing';

/** The gas meter of the OMS specification, volume 2, annex N.2.1, and its key. */
const GAS =
  '2E44931578563412330333637A2A0020255923C95AAA26D1B2E7493BC2AD013EC4A6F6D3529B520EDFF0EA6DEFC955B29D6D69EBF3EC8A';
const KEY = new Uint8Array(Buffer.from('0102030405060708090A0B0C0D0E0F11', 'hex'));

test('publishes what a meter says', async () => {
  const board = await virtualBoard({ settings: { 'wmbus/ELS-12345678': KEY } });
  board.transmit(GAS, -71);
  const volume = board.nextPublication('telemetry', '1s').records.find(({ name }) => name.endsWith('volume'));
  expect(volume).toMatchObject({ value: 28504.27, unit: 'm3' });
});

test('a telegram whose key is not there is refused, and the next one read', async () => {
  const board = await virtualBoard();
  board.transmit(GAS);
  board.nextLog('telegram refused', '1s');
  expect(board.published('telemetry')).toEqual([]);
  // Water, unencrypted: EN 13757-4, annex C.
  board.transmit('1444AE0C7856341201078C2027780B134365877AC5');
  const water = board.nextPublication('telemetry', '1s').records.find(({ name }) => name.endsWith('volume'));
  expect(water).toMatchObject({ value: 876.543, unit: 'm3' });
});
