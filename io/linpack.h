/* The left singular vectors of a 3 x 3 matrix as LINPACK finds them in single precision, signs and rounding included.
 */
#ifndef RML_IO_LINPACK_H
#define RML_IO_LINPACK_H

/* u[3][3]: a vector a column; s[3]: singular values, falling. False if there are none to be found (NaN, infinity).
 *
 * ITK decides by these vectors' signs, which hang on the last bit of every step, whether a NIfTI file's qform and sform
 * are alike; so the steps are those of SSVDC, in its order. Source: Dongarra, Moler, Bunch & Stewart, LINPACK Users'
 * Guide (1979), chapter 11, with the shift corrected in 1985. */
_Bool rml_linpack_left(const float m[3][3], float u[3][3], float s[3]);

#endif
