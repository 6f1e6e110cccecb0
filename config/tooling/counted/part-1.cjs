require('../counted-part.cjs')(1);
