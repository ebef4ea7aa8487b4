// Texts of the error codes and layers. Codes are stable: programs match on them.
import { AFL, ELL, LINK, NWL, TPL } from './telegram';

export function errorCode(error: u32): string {
  switch (error) {
    case 1:
      return 'empty';
    case 2:
      return 'length';
    case 3:
      return 'truncated';
    case 4:
      return 'crc';
    case 5:
      return 'checksum';
    case 6:
      return 'stop';
    case 7:
      return 'c-field';
    case 8:
      return 'ci-field';
    case 9:
      return 'no-key';
    case 10:
      return 'wrong-key';
    case 11:
      return 'mac';
    case 12:
      return 'security-mode';
    case 13:
      return 'dif';
    case 14:
      return 'dife';
    case 15:
      return 'vife';
    case 16:
      return 'lvar';
    case 17:
      return 'records';
    case 18:
      return 'format';
    case 19:
      return 'meter';
    case 20:
      return 'fragment';
    case 21:
      return 'key';
    case 22:
      return 'signature';
  }
  return 'ok';
}

export function errorMessage(error: u32): string {
  switch (error) {
    case 1:
      return 'there are no bytes';
    case 2:
      return 'the length field does not fit the number of bytes';
    case 3:
      return 'the bytes end too early';
    case 4:
      return 'the CRC does not hold';
    case 5:
      return 'the checksum does not hold';
    case 6:
      return 'the frame does not end with 16h';
    case 7:
      return 'the C field is none of the standard';
    case 8:
      return 'the CI field is not known';
    case 9:
      return 'the telegram is encrypted and there is no key for this meter';
    case 10:
      return 'no key of this meter decrypts the telegram';
    case 11:
      return 'the message authentication code does not hold with any key of this meter';
    case 12:
      return 'the security mode is not supported';
    case 13:
      return 'the DIF is reserved';
    case 14:
      return 'more than ten DIFEs';
    case 15:
      return 'more than ten VIFEs';
    case 16:
      return 'the LVAR is reserved';
    case 17:
      return 'more records than there is room for';
    case 18:
      return 'the format of this compact frame is not known';
    case 19:
      return 'the meter reports an error instead of data';
    case 20:
      return 'a fragment of a longer message';
    case 21:
      return 'a key has 16 bytes';
    case 22:
      return 'the CRC of the full frame does not hold';
  }
  return 'ok';
}

export function layerName(layer: u32): string {
  if (layer == LINK) return 'link';
  if (layer == ELL) return 'ell';
  if (layer == NWL) return 'nwl';
  if (layer == AFL) return 'afl';
  return layer == TPL ? 'tpl' : 'apl';
}
