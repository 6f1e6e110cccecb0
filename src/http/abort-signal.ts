import type { Request, Response } from 'express';

/** Aborts when the client leaves before its answer is finished; an answer sent in full never aborts. */
export function abortSignalOf(req: Pick<Request, 'destroyed'>, res: Response): AbortSignal {
  const controller = new AbortController();
  // The close of `res` and not of `req`: a request closes as soon as its body has been read.
  const left = (): void => {
    if (!res.writableFinished) controller.abort();
  };
  if (res.closed || (req.destroyed && res.destroyed)) left();
  else res.on('close', left);
  return controller.signal;
}
