package io.weft.sleeve.v2;

import javax.crypto.SecretKey;

/**
 * What seals one direction of a connection during one epoch.
 *
 * @param key 32 bytes
 * @param salt the first four bytes of every nonce; the counter is the rest
 */
record SealingKey(Aead aead, SecretKey key, int salt) {}
