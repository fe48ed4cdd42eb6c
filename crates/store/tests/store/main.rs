//! Tests of the store as those who use it see it.

#[cfg(test)]
mod book;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod erase;
#[cfg(test)]
mod full;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod name;
#[cfg(test)]
mod room;
#[cfg(test)]
mod sequence;
#[cfg(test)]
mod watch;
#[cfg(test)]
mod whole;
