import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose'
import type { Test } from 'tap'
import { listenHttp } from '../loopback.ts'

/** The public form of an issuer: where its documents are, and how its keys and its tokens look. */
export interface IssuerForm {
  /** The issuer in the page, which begins with the origin that the stand-in replaces. */
  readonly issuer: string
  /** The metadata, from the issuer. */
  readonly metadata: (issuer: string) => { readonly jwks_uri: string; readonly [member: string]: unknown }
  /** The members of its published key, besides `kty`, `n` and `e`. */
  readonly key: Readonly<Record<string, unknown>>
  /** Other keys of its set. */
  readonly otherKeys?: readonly JWK[]
  /** The header of its access tokens, besides `alg` and `kid`. */
  readonly header?: Readonly<Record<string, unknown>>
  /** The path of its token endpoint. */
  readonly tokenPath: string
  /** The claims of the token for a form, besides `iss`, `iat` and `exp`. */
  readonly claims: (form: URLSearchParams) => Readonly<Record<string, unknown>>
}

/** An issuer on loopback. */
export interface IssuerStandIn {
  /** The origins of the page, and those here. */
  readonly replacements: ReadonlyMap<string, string>
  /** Signs an access token with any claims. A member that is `undefined` is left out. */
  sign(claims: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): Promise<string>
  /** The paths that were requested. */
  readonly requested: readonly string[]
}

const KID = 'key-1'

export async function issuerStandIn(t: Test, form: IssuerForm): Promise<IssuerStandIn> {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const { origin: shown } = new URL(form.issuer)
  const origin = await listenHttp(t, (request, response) => {
    answer(request).then(
      (document) => {
        response.statusCode = document === null ? 404 : 200
        response.setHeader('content-type', 'application/json').end(JSON.stringify(document))
      },
      (error: unknown) => response.destroy(error as Error)
    )
  })
  const issuer = form.issuer.replace(shown, origin)
  const metadata = form.metadata(issuer)
  const keys = [{ ...(await exportJWK(publicKey)), kid: KID, ...form.key }, ...(form.otherKeys ?? [])]
  const requested: string[] = []
  return { replacements: new Map([[shown, origin]]), sign, requested }

  async function answer(request: IncomingMessage): Promise<object | null> {
    const { pathname } = new URL(request.url ?? '', origin)
    requested.push(pathname)
    if (pathname === new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`).pathname) {
      return { issuer, ...metadata }
    }
    if (pathname === new URL(metadata.jwks_uri).pathname) return { keys }
    if (request.method !== 'POST' || pathname !== form.tokenPath) return null
    const claims = form.claims(new URLSearchParams(await text(request)))
    return { access_token: await sign(claims), token_type: 'Bearer', expires_in: 3600 }
  }

  async function sign(claims: object, header: object = {}): Promise<string> {
    return signed(privateKey, { iss: issuer, ...claims }, { alg: 'RS256', kid: KID, ...form.header, ...header })
  }
}

async function signed(key: CryptoKey, claims: object, header: JWTHeaderParameters): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader(header).setIssuedAt().setExpirationTime('1h').sign(key)
}
