import { RegisterUnavailable } from '../../src/domain/errors.ts';
import { followRegister } from '../../src/register/follow-register.ts';

describe('following a register', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  test('looks again and again, tells a failure once while it lasts, and stops when told', async () => {
    const [told, looks]: [unknown[], number[]] = [[], []];
    const register = {
      catchUp: () => {
        looks.push(looks.length);
        const isWell = looks.length >= 4 && looks.length < 6;
        return isWell ? Promise.resolve() : Promise.reject(new RegisterUnavailable('away'));
      },
    };
    const following = followRegister({ register, everyMs: 250, onFailure: (error) => told.push(error) });
    await jest.advanceTimersByTimeAsync(250 * 7);
    expect(looks).toHaveLength(8);
    expect(told).toHaveLength(2);
    await following.stop();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(looks).toHaveLength(8);
  });

  test('is one look at a time: the next one waits for it, and so does whoever stops it', async () => {
    let looks = 0;
    let end: () => void = () => undefined;
    const register = {
      catchUp: () => {
        looks += 1;
        return new Promise<void>((resolve) => (end = resolve));
      },
    };
    const following = followRegister({ register, everyMs: 250, onFailure: () => undefined });
    await jest.advanceTimersByTimeAsync(5_000);
    expect(looks).toBe(1);
    let isStopped = false;
    const stopping = following.stop().then(() => (isStopped = true));
    await jest.advanceTimersByTimeAsync(1);
    expect(isStopped).toBe(false);
    end();
    await stopping;
    await jest.advanceTimersByTimeAsync(5_000);
    expect(looks).toBe(1);
  });
});
