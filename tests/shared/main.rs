//! Tests on the data of LIGHTCNN_SHARED.
