require('../counted-part.cjs')(4);
