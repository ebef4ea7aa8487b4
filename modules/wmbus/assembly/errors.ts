// Texts of the error codes and layers, for logs.
import { ERROR_CODES, ERROR_MESSAGES, LAYER_NAMES } from './generated/texts';
import { textOf } from './names';

export function errorCode(error: u32): string {
  return textOf(ERROR_CODES + error);
}

export function errorMessage(error: u32): string {
  return textOf(ERROR_MESSAGES + error);
}

export function layerName(layer: u32): string {
  return textOf(LAYER_NAMES + layer);
}
