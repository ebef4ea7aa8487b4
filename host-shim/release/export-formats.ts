/** How a public key can be exported. Light: the command line loads it for its help. */
export const EXPORT_FORMATS = ['pem', 'cose', 'raw', 'thumbprint'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
