require('../counted-part.cjs')(2);
