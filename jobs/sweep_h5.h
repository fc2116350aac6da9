/* A sweep's fits, all of them: OUT/sweep.h5.
 *
 *     /about                            how the file is laid out, in words
 *     /study                            the study as it was run, defaults and all
 *     /features, /patients              names; whatever numbers a patient counts from 0 in /patients
 *     /classes                          of an outcome of several classes: what the codes stand for
 *     /outcome                          [patients]
 *     /splits/<repeat>_<fold>/          train, test: patients; a bootstrap's train has copies
 *                                       chosen, an attribute: the pipeline that the inner folds chose there
 *     /fits/<select>/<repeat>_<fold>/   of one selection in one split; `failed` says why there is nothing in it
 *         steps/<nn>_<kind>/            features_in, features_out: names of the columns that came in and went out
 *             settings                  attributes, one a setting
 *             levels                    of a step by a column such as centre: what the rows of its arrays stand for
 *             fitted/<array>            [columns] or [rows][columns]; columns, an attribute: the dataset of the step
 *                                       that names them
 *         models/<model>/               features: names of the columns that came in
 *             settings, fitted          as above, of the setting that was used
 *             inner/                    setting, mean, se: the score of each over the inner folds
 *             held_out/                 patient, decision [patients] or [classes][patients], and of a class probability
 *             threshold, slope, intercept, apparent: attributes; probability = 1/(1+exp(-(slope decision + intercept)))
 *             median_cut, learned_cut   attributes, of times: cuts that the training patients give
 *     /controls/<control>/<repeat>_<fold>/  the same of the controls
 *     /combined_features, /control_features  names of the columns that controls have, where they are not /features
 *     /final/<select>/                  the same, fitted to all patients; chosen, an attribute of /final
 *
 * Equal names are stored once: what is the same as before is a link to it. Folds are called as in the tables. */
#ifndef RML_JOBS_SWEEP_H5_H
#define RML_JOBS_SWEEP_H5_H

#include "jobs/sweep_board.h"

/* Writes FOLDER/sweep.h5, whole or not at all; the same bytes for the same results. RML_EIO, RML_ENOMEM. */
RML_CHECKED rml_status rml_sweep_h5_write(const rml_study *study, const rml_dataset *dataset,
                                          const rml_sweep_plan *plan, const rml_sweep_results *results,
                                          const rml_board *board, const char *folder, rml_error *err);

#endif
