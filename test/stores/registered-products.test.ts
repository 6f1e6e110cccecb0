import { RegisterUnavailable } from '../../src/domain/errors.ts';
import { registeredProducts } from '../../src/register/registered-products.ts';
import { aRegister } from '../fakes/register-builder.ts';

const register = { snapshot: () => aRegister() };
const [known] = aRegister().modelVersions();

test.each([
  { name: 'the model', modelName: known?.model, expect: true },
  { name: 'its title, in other letters', modelName: known?.title.toUpperCase(), expect: true },
  { name: 'its family', modelName: known?.family, expect: true },
  { name: 'a workstation', modelName: 'Advantage Console', expect: false },
  { name: 'no name', modelName: undefined, expect: false },
])('$name -> $expect', ({ modelName, expect: known }) => {
  const product = modelName === undefined ? {} : { modelName };
  expect(registeredProducts(register)(product)).toBe(known);
});

test('the register away -> every product counts as AI', () => {
  const away = {
    snapshot: () => {
      throw new RegisterUnavailable('away');
    },
  };
  expect(registeredProducts(away)({ modelName: 'Advantage Console' })).toBe(true);
});
