export declare function files(): Record<string, string>;
export declare function stale(): string[];
