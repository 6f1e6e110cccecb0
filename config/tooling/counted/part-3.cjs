require('../counted-part.cjs')(3);
