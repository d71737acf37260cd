/** The part of ncc that the build uses: it has no types. Source: https://github.com/vercel/ncc#programmatically-from-nodejs */
declare module '@vercel/ncc' {
  export default function ncc(
    entry: string,
    options: {
      readonly cache: false;
      /** The file to load instead of each package. */
      readonly externals: Readonly<Record<string, string>>;
      readonly license: string;
      readonly quiet: boolean;
      readonly sourceMap: true;
      /** Whether the code loads the map. */
      readonly sourceMapRegister: boolean;
    },
  ): Promise<{
    readonly code: string;
    /** JSON. */
    readonly map: string;
    readonly assets: Readonly<Record<string, { readonly source: string | Uint8Array }>>;
  }>;
}
