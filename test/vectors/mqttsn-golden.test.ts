import { beforeAll, describe, expect, test } from 'vitest';
import { type Codec, loadCodec } from '../../host-shim/mqttsn/codec.ts';
import { FrameRefused, MESSAGES } from '../../host-shim/mqttsn/messages.ts';
import { golden, missing } from './mqttsn-golden.ts';

let codec: Codec;
beforeAll(async () => {
  codec = await loadCodec();
});

describe.skipIf(missing !== '')(`golden frames of MQTT-SN 1.2${missing}`, () => {
  const { positive, negative } = missing ? { positive: [], negative: [] } : golden();

  test('there are 82 good ones over all 28 messages, and 26 bad ones', () => {
    expect(positive.length).toBe(82);
    expect(negative.length).toBe(26);
    expect(new Set(positive.map(({ message }) => message.type))).toEqual(new Set(MESSAGES.filter(Boolean)));
  });

  test.each(positive)('$name is decoded', ({ frame, message }) => {
    expect(codec.decode(frame)).toEqual(message);
  });

  test.each(positive.filter((one) => !one.decodeOnly))('$name is encoded', ({ frame, message }) => {
    expect(Buffer.from(codec.encode(message)).toString('hex')).toBe(Buffer.from(frame).toString('hex'));
  });

  test.each(positive)('$name is refused when it is cut anywhere or has one octet more', ({ frame }) => {
    for (let length = 0; length < frame.length; length++)
      expect(() => codec.decode(frame.subarray(0, length)), `${length} octets`).toThrow(FrameRefused);
    expect(() => codec.decode(Uint8Array.of(...frame, 0))).toThrow(FrameRefused);
  });

  test.each(negative)('$name is refused', ({ frame }) => {
    expect(() => codec.decode(frame)).toThrow(FrameRefused);
  });
});
