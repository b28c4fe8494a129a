import type { WireError } from './wire.ts';

const TYPES: Readonly<Record<number, readonly [type: string, code: string | null]>> = {
  400: ['invalid_request_error', null],
  401: ['invalid_request_error', 'invalid_api_key'],
  403: ['invalid_request_error', 'unsupported_country_region_territory'],
  404: ['invalid_request_error', 'model_not_found'],
  429: ['requests', 'rate_limit_exceeded'],
};

/** The error form that Chat and Responses share. */
export function openaiError({ status, message }: WireError): object {
  const [type, code] = TYPES[status] ?? ['server_error', null];
  return { error: { message, type, param: null, code } };
}
