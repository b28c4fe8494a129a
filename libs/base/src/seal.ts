/**
 * Sealed secrets (provider credentials): AES-256-GCM with a fresh 96-bit nonce under a key derived from the master key; the owner's name is
 * associated data, so that a sealed text moved to another owner does not open. Form: `v1.<nonce>.<ciphertext and tag>`, base64url.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const keyOf = (masterKey: string): Buffer => Buffer.from(hkdfSync('sha256', masterKey, 'lurus-switch', 'sealed-credentials', 32));

/** Seals `secret` for `owner` (for instance a provider id). */
export function seal(input: { readonly secret: string; readonly owner: string; readonly masterKey: string }): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(input.masterKey), nonce).setAAD(Buffer.from(input.owner));
  const sealed = Buffer.concat([cipher.update(input.secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `v1.${nonce.toString('base64url')}.${sealed.toString('base64url')}`;
}

/** Opens what `seal` made. Throws an Error when the text was altered, belongs to another owner or was sealed under another master key. */
export function unseal(input: { readonly sealed: string; readonly owner: string; readonly masterKey: string }): string {
  const [version, nonceText = '', sealedText = ''] = input.sealed.split('.');
  const bytes = Buffer.from(sealedText, 'base64url');
  if (version !== 'v1' || bytes.length < 16) throw new Error(`the sealed credential of ${input.owner} has an unknown form`);
  const decipher = createDecipheriv('aes-256-gcm', keyOf(input.masterKey), Buffer.from(nonceText, 'base64url'))
    .setAAD(Buffer.from(input.owner))
    .setAuthTag(bytes.subarray(-16));
  try {
    return decipher.update(bytes.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8');
  } catch (cause) {
    throw new Error(`the sealed credential of ${input.owner} does not open: it was altered, moved, or the master key changed`, { cause });
  }
}
