import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';

/** A certificate and its key, in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;
const SEQUENCE = 0x30;
const SET = 0x31;
/** `ecdsa-with-SHA256`. Source: RFC 5758, section 3.2. */
const ALGORITHM = tlv(SEQUENCE, Buffer.from('06082a8648ce3d040302', 'hex'));
/** `commonName` and `subjectAltName`. Source: RFC 5280, appendix A. */
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const ALT_NAME = Buffer.from('0603551d11', 'hex');

/** Creates a certificate for a host that is valid for two days, and signs itself: who trusts it needs no other. Source of its form: RFC 5280. */
export function createCertificate(host: string): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = tlv(SEQUENCE, tlv(SET, tlv(SEQUENCE, COMMON_NAME, tlv(0x0c, Buffer.from(host)))));
  const names = tlv(0x04, tlv(SEQUENCE, tlv(0x82, Buffer.from(host))));
  const signed = tlv(
    SEQUENCE,
    // Version 3, and the serial number 1.
    Buffer.from('a003020102020101', 'hex'),
    ALGORITHM,
    name,
    tlv(SEQUENCE, time(-DAY_MS), time(DAY_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, tlv(SEQUENCE, tlv(SEQUENCE, ALT_NAME, names))),
  );
  const der = tlv(SEQUENCE, signed, ALGORITHM, tlv(0x03, Buffer.of(0), signatureOf(signed, privateKey)));
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function signatureOf(bytes: Buffer, key: KeyObject): Buffer {
  return createSign('SHA256').update(bytes).sign(key);
}

/** Returns a time from now on, as UTCTime. */
function time(inMs: number): Buffer {
  const digits = new Date(Date.now() + inMs).toISOString().replace(/\D/g, '');
  return tlv(0x17, Buffer.from(`${digits.slice(2, 14)}Z`));
}

/** Returns a value in DER: its tag, its length and its parts. */
function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  const { length } = value;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), value]);
  return Buffer.concat([Buffer.of(tag, 0x82, length >> 8, length & 0xff), value]);
}
