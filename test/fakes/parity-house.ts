import { textOf, type DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { parseDatasets } from '../../src/domain/dicom/parse-datasets.ts';
import { startApprovedGateway, type ApprovedGateway } from './approved-gateway.ts';
import { differenceOf } from './compare-answers.ts';
import { sopInstanceOf, transferSyntaxOf } from './real-dicom-files.ts';

/** An object, and where it is. */
export interface Place {
  readonly study: string;
  readonly series: string;
  readonly instance: string;
  readonly sopClass: string;
  readonly path: string;
}

/** The gateway and the PACS behind it, to be asked the same. */
export interface ParityHouse extends ApprovedGateway {
  readonly places: readonly Place[];
  /** Addresses of every study and series. */
  readonly studies: readonly string[];
  readonly series: readonly string[];
  /** One object of each class, and one in each transfer syntax; for what need not be asked of all. */
  readonly kinds: readonly string[];
  /** What differs at each address that does; the PACS is asked elsewhere, or for another form, where that is given. */
  readonly differences: (
    paths: readonly string[],
    accept: string | undefined,
    direct?: { readonly accept?: string; readonly pathOf?: (path: string) => string },
  ) => Promise<readonly string[]>;
}

/** Starts both with these files. */
export async function openParityHouse(files: readonly Uint8Array[]): Promise<ParityHouse> {
  const house = await startApprovedGateway(files);
  const places = parseDatasets((await house.direct('instances', 'application/dicom+json')).body).map(placeOf);
  const distinct = (paths: readonly string[]): readonly string[] => [...new Set(paths)];
  const differences: ParityHouse['differences'] = async (paths, accept, direct = {}) => {
    const found: string[] = [];
    for (const path of paths) {
      const theirs = await house.direct(direct.pathOf?.(path) ?? path, direct.accept ?? accept);
      const difference = differenceOf(await house.through(path, accept), theirs, house);
      if (difference !== undefined) found.push(`${path}: ${difference}`);
    }
    return found;
  };
  return {
    ...house,
    places,
    studies: distinct(places.map(({ study }) => `studies/${study}`)),
    series: distinct(places.map(({ study, series }) => `studies/${study}/series/${series}`)),
    kinds: kindsOf(places, files),
    differences,
  };
}

function kindsOf(places: readonly Place[], files: readonly Uint8Array[]): readonly string[] {
  const syntaxes = new Map(files.map((file) => [sopInstanceOf(file), transferSyntaxOf(file)]));
  const byClass = new Map(places.map(({ sopClass, path }) => [sopClass, path]));
  const bySyntax = new Map(places.map(({ instance, path }) => [syntaxes.get(instance) ?? '', path]));
  return [...new Set([...byClass.values(), ...bySyntax.values()])];
}

function placeOf(row: DicomJsonObject): Place {
  const [study = '', series = '', instance = '', sopClass = ''] = [
    '0020000D',
    '0020000E',
    '00080018',
    '00080016',
  ].map((tag) => textOf(row, tag));
  return {
    study,
    series,
    instance,
    sopClass,
    path: `studies/${study}/series/${series}/instances/${instance}`,
  };
}
