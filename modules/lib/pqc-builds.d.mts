export declare const root: string;
export declare const BUILDS: Record<string, { entry: string; simd: boolean; set?: number; flags?: string[] }>;
export declare function compile(
  entry: string,
  options?: { simd?: boolean; flags?: string[]; replace?: Record<string, string> },
): Promise<Uint8Array<ArrayBuffer>>;
export declare function compileBuild(name: string): Promise<Uint8Array<ArrayBuffer>>;
export declare function embedded(): Promise<Record<string, string>>;
