//! Pooling over windows, over whole samples and over time.

pub(crate) mod adaptivepool;
pub(crate) mod avgpool;
pub(crate) mod globalpool;
pub(crate) mod maxpool;
pub(crate) mod maxpool2d_op;
pub(crate) mod over_time;
pub(crate) mod plane_mean;
pub(crate) mod pool_over_time;
pub(crate) mod windows;

pub use adaptivepool::{
    AdaptiveAvgpool, AdaptiveAvgpool1d, AdaptiveAvgpool2d, AdaptiveAvgpool3d, AdaptiveMaxpool,
    AdaptiveMaxpool1d, AdaptiveMaxpool2d,
};
pub use avgpool::{Avgpool, Avgpool1d, Avgpool2d, Avgpool3d};
pub use globalpool::{Globalavgpool, Globalavgpool1d, Globalmaxpool, Globalmaxpool1d};
pub use maxpool::{Maxpool, Maxpool1d, Maxpool2d, Maxpool3d};
pub use pool_over_time::{PoolOverTime, TimePooling};
